import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { Controller, Get, Header, StreamableFile } from '@nestjs/common';

/** From the root of the repository, where `npm start` runs. */
const FILES = resolve('apps/sample/public');

/** The page loads nothing from elsewhere, and runs nothing that is not in its files. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";

/** The page that shows who waits for what. */
@Controller()
export class HomeController {
  @Get()
  @Header('content-security-policy', POLICY)
  page(): StreamableFile {
    return file('index.html', 'text/html; charset=utf-8');
  }

  @Get('home.js')
  script(): StreamableFile {
    return file('home.js', 'text/javascript; charset=utf-8');
  }

  @Get('home.css')
  style(): StreamableFile {
    return file('home.css', 'text/css; charset=utf-8');
  }
}

function file(name: string, type: string): StreamableFile {
  return new StreamableFile(createReadStream(join(FILES, name)), { type });
}
