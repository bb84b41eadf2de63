import { Controller, Get, Inject, Injectable, Param, Scope } from '@nestjs/common';
import { Adds } from './adds.js';

@Injectable({ scope: Scope.REQUEST, durable: true })
export class Durable extends Adds {}

@Controller()
export class DurableTree {
  constructor(@Inject(Durable) private readonly durable: Durable) {}

  @Get(':id')
  get(@Param('id') id: string): string {
    this.durable.add(`durable for ${id}`);
    return 'fine';
  }
}
