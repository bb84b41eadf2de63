import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { EmailDto } from './email.dto.js';
import { Reports } from './reports.js';

/** A batch that fails half-way, long after its client was answered. */
@Controller('reports')
export class ReportsController {
  constructor(private readonly reports: Reports) {}

  @Post('failing')
  @HttpCode(HttpStatus.ACCEPTED)
  order(@Body() { email }: EmailDto) {
    this.reports.order('sales', email);
    return { status: 'the report is being made' };
  }
}
