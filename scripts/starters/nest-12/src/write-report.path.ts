export const writeReport = new URL('./write-report.mjs', import.meta.url);
