import { writeFileSync } from 'node:fs';

export default function writeReport({ path, rows }) {
  const sorted = rows.toSorted((one, other) => other.total - one.total);
  writeFileSync(path, sorted.map(({ name, total }) => `${name};${total}\n`).join(''));
}
