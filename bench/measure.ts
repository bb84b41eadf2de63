// measures everything that the environment asks for, and writes down what was measured
import { measureBatches } from './batches.js';
import { thisMachine } from './machine.js';
import { buildLibrary, layOutNest11, layOutNest12 } from './nest-layouts.js';
import { findPython } from './python.js';
import { type SuiteResult, writeResults } from './results.js';
import { isWanted, readSettings } from './settings.js';
import { measureSuite } from './suite.js';
import { nestSuites, pythonSuites } from './suites.js';

const settings = readSettings(process.env);
const began = performance.now();
buildLibrary();
const nest12 = layOutNest12();
const python = findPython();
const leftOut = python === undefined ? ['Starlette and FastAPI: no `python3` here has `fastapi` and `uvicorn`.'] : [];
for (const line of leftOut) console.log(`Left out: ${line}`);

const everything = [
  ...nestSuites(nest12),
  ...nestSuites(layOutNest11()),
  ...(python === undefined ? [] : pythonSuites(python)),
];
const wanted = everything.filter(({ name }) => isWanted(settings, name));
const suites: SuiteResult[] = [];
for (const suite of wanted) suites.push(await measureSuite(suite, settings));
const batches = isWanted(settings, 'batches') ? measureBatches(nest12, settings.rounds) : [];
if (suites.length === 0 && batches.length === 0) {
  const names = [...everything.map(({ name }) => name), 'batches'];
  throw new Error(`Cannot measure "${settings.only.join()}": it is no part of ${names.join(', ')}.`);
}

const date = new Date().toISOString().slice(0, 10);
const minutes = (performance.now() - began) / 60_000;
writeResults({ date, minutes, machine: thisMachine(), python: python?.versions, settings, suites, batches, leftOut });
