import * as common from '@nestjs/common';
import { transformSync } from '@swc/core';
import * as library from 'nestjs-background-tasks';
import ts from 'typescript';

/** Compiles TypeScript as a user's compiler does, to CommonJS. */
export interface Compiler {
  readonly name: string;
  /** Whether it leaves the types of parameters. */
  readonly leavesTypes: boolean;
  compile(source: string): string;
}

const swc = (name: string, decoratorMetadata: boolean): Compiler => ({
  name,
  leavesTypes: decoratorMetadata,
  compile: (source) =>
    transformSync(source, {
      swcrc: false,
      module: { type: 'commonjs' },
      jsc: {
        target: 'es2023',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata },
        keepClassNames: true,
      },
    }).code,
});

export const tsc: Compiler = {
  name: 'tsc',
  leavesTypes: true,
  compile: (source) =>
    ts.transpileModule(source, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.CommonJS,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    }).outputText,
};
export const swcWithTypes = swc('swc', true);
/** As esbuild, and what is made with it, cannot help doing. */
export const withoutTypes = swc('swc without decorator metadata, like esbuild', false);
export const compilers: readonly Compiler[] = [tsc, swcWithTypes, withoutTypes];

const PACKAGES: Readonly<Record<string, unknown>> = { '@nestjs/common': common, 'nestjs-background-tasks': library };

/** The class `SignUp` that a file exports, as `compiler` leaves it. */
export function compiled(compiler: Compiler, source: string): common.Type {
  const file = { exports: {} as { readonly SignUp?: common.Type } };
  // eslint-disable-next-line typescript/no-implied-eval -- what a compiler has made is run as Node runs a CommonJS file
  const run = new Function('exports', 'require', compiler.compile(source)) as (...args: unknown[]) => void;
  run(file.exports, (name: string) => PACKAGES[name]);
  if (file.exports.SignUp === undefined) throw new Error('The file exports no class SignUp.');
  return file.exports.SignUp;
}
