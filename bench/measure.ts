// measures everything that the environment asks for, and writes down what was measured
import { measureBatches, measureMemory } from './batches.js';
import { thisMachine } from './machine.js';
import { buildLibrary, buildLibraryOf, layOutNest11, layOutNest12 } from './nest-layouts.js';
import { findNodes } from './nodes.js';
import { findPython } from './python.js';
import { type SuiteResult, writeResults } from './results.js';
import { isWanted, readSettings } from './settings.js';
import { measureSuite } from './suite.js';
import { type NestSetting, nestSuites, pythonSuites, scaleSuites } from './suites.js';

const settings = readSettings(process.env);
const began = performance.now();
const library = buildLibrary();
const before = settings.against === undefined ? undefined : buildLibraryOf(settings.against);
const nodes = await findNodes();
const [newest, oldest] = [nodes[0], nodes.at(-1)];
if (newest === undefined || oldest === undefined) throw new Error('There is no Node to measure with.');
const nest12 = { layout: layOutNest12(library), before: before && layOutNest12(before) };
const nest11 = { layout: layOutNest11(library), before: before && layOutNest11(before) };
const onNewest: NestSetting = { ...nest12, node: newest, isNewest: true };
const python = findPython();
const leftOut = python === undefined ? ['Starlette and FastAPI: no `python3` here has `fastapi` and `uvicorn`.'] : [];
for (const line of leftOut) console.log(`Left out: ${line}`);

const everything = [
  ...nodes.flatMap((node) => nestSuites({ ...nest12, node, isNewest: node === newest })),
  ...nestSuites({ ...nest11, node: oldest, isNewest: false }),
  ...scaleSuites(onNewest),
  ...(python === undefined ? [] : pythonSuites(python)),
];
const wanted = everything.filter(({ name }) => isWanted(settings, name));
const suites: SuiteResult[] = [];
for (const suite of wanted) suites.push(await measureSuite(suite, settings));
const batches = isWanted(settings, 'batches') ? measureBatches(onNewest, settings.rounds) : [];
const bytesPerTask = isWanted(settings, 'memory') ? measureMemory(onNewest) : undefined;
if (suites.length === 0 && batches.length === 0 && bytesPerTask === undefined) {
  const names = [...everything.map(({ name }) => name), 'batches', 'memory'];
  throw new Error(`Cannot measure "${settings.only.join()}": it is no part of ${names.join(', ')}.`);
}

const date = new Date().toISOString().slice(0, 10);
const minutes = (performance.now() - began) / 60_000;
writeResults({
  date,
  minutes,
  machine: thisMachine(),
  nodes: nodes.map(({ version }) => version),
  python: python?.versions,
  settings,
  suites,
  batches,
  bytesPerTask,
  leftOut,
});
