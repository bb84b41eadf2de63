export const HTML = '<!doctype html>';
export const SCRIPT = '';
export const CSS = '';
export const ICON = '';
