import { describe, expect, it } from '@jest/globals';
import { Body, createParamDecorator, Headers, HostParam, Ip, Next, ParseIntPipe, Req, Res } from '@nestjs/common';
import { Enhancer } from '../../../../../test/harness/enhancer.js';
import { hideParameterType, KEYS, parametersOf, parameterTypesOf } from './metadata.js';

class Pipe extends Enhancer {}

const nothing: MethodDecorator = () => undefined;
const made = (): string => 'made';
const Own = createParamDecorator(made);
const pipe = new ParseIntPipe();
const symbol = Symbol('handler');

class Base {
  all(
    @Body('name', Pipe, pipe) _name: string,
    @Own('data', Pipe) _own: Date,
    _plain: number,
    @Res() _response: object,
  ): void {}

  kinds(
    @Req() _0: object,
    @Headers() _1: object,
    @HostParam() _10: object,
    @Ip() _11: string,
    @Next() _2: object,
  ): void {}

  @nothing
  typed(_text: string, _date: Date): void {}

  untyped(_text: string): void {}

  [symbol](@Res() _response: object): void {}
}
class Heir extends Base {}

describe('parametersOf', () => {
  it('tells of each decorated parameter where it is, who makes it, and its pipes', () => {
    const parameters = [...parametersOf(Base, 'all')].sort((one, other) => one.index - other.index);
    expect(parameters).toEqual([
      { index: 0, isResponse: false, isNext: false, factory: undefined, pipes: [Pipe, pipe] },
      { index: 1, isResponse: false, isNext: false, factory: made, pipes: [Pipe] },
      { index: 3, isResponse: true, isNext: false, factory: undefined, pipes: [] },
    ]);
  });

  it('takes nothing but @Res() for the response', () => {
    expect(parametersOf(Base, 'kinds').filter(({ isResponse }) => isResponse)).toEqual([]);
    expect(parametersOf(Base, symbol)).toMatchObject([{ isResponse: true }]);
  });

  it('takes nothing but @Next() for what calls the next handler', () => {
    expect(parametersOf(Base, 'kinds').filter(({ isNext }) => isNext)).toMatchObject([{ index: 4 }]);
  });

  it('knows those that are inherited', () => {
    expect(parametersOf(Heir, 'all')).toEqual(parametersOf(Base, 'all'));
  });

  it('is empty where none is decorated', () => {
    expect(parametersOf(Base, 'typed')).toEqual([]);
  });

  it('takes a parameter without a word about pipes for one that has none', () => {
    class Handlers {}
    Reflect.defineMetadata(KEYS.ROUTE_ARGS_METADATA, { '3:0': { index: 0 } }, Handlers, 'handler');
    expect(parametersOf(Handlers, 'handler')).toMatchObject([{ pipes: [] }]);
  });
});

describe('parameterTypesOf', () => {
  it('tells what the compiler emitted, for an heir as well', () => {
    expect(parameterTypesOf(Base, 'typed')).toEqual([String, Date]);
    expect(parameterTypesOf(Heir, 'typed')).toEqual([String, Date]);
  });

  it('tells nothing where the compiler emitted nothing, or nobody knows what', () => {
    expect(parameterTypesOf(Base, 'untyped')).toBeUndefined();
    Reflect.defineMetadata(KEYS.PARAMTYPES_METADATA, 'String', Base.prototype, 'untyped');
    expect(parameterTypesOf(Base, 'untyped')).toBeUndefined();
  });
});

describe('hideParameterType', () => {
  it('makes one type unknown, and leaves the list that others may hold', () => {
    class Handlers extends Base {}
    const before = parameterTypesOf(Handlers, 'typed');
    hideParameterType(Handlers.prototype, 'typed', 1);
    expect(parameterTypesOf(Handlers, 'typed')).toEqual([String, Object]);
    expect(before).toEqual([String, Date]);
    expect(parameterTypesOf(Base, 'typed')).toBe(before);
  });

  it('writes nothing where there are no types', () => {
    hideParameterType(Heir.prototype, 'absent', 0);
    expect(Reflect.hasMetadata(KEYS.PARAMTYPES_METADATA, Heir.prototype, 'absent')).toBe(false);
  });
});
