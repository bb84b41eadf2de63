import { Body, Controller, HttpCode, HttpStatus, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { BackgroundTask } from 'nestjs-background-tasks';
import { EmailDto } from './email.dto.js';
import { PasswordResets } from './password-resets.js';

/** A task attached to the response. */
@Controller('password-resets')
export class PasswordResetsController {
  constructor(private readonly passwordResets: PasswordResets) {}

  /** Looks the address up after the response: neither words nor timing tell whether it is known. */
  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  request(@Body() { email }: EmailDto, @Res({ passthrough: true }) res: Response) {
    res.background = new BackgroundTask(this.passwordResets, 'sendLink', email);
    return { status: 'if there is an account, a link is on its way' };
  }
}
