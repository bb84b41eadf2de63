import { writeFileSync } from 'node:fs';

export default function writeReport({ path, rows }) {
  writeFileSync(path, rows.map(({ name, total }) => `${name};${total}\n`).join(''));
}
