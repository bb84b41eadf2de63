// lists optional dependencies named by locked packages but absent from the lock: they make `npm ci` fail (EUSAGE)
import { readFileSync } from 'node:fs';
const lock = JSON.parse(readFileSync(process.argv[2] ?? 'package-lock.json', 'utf8'));
const missing = new Map();
for (const [path, pkg] of Object.entries(lock.packages))
  for (const dep of Object.keys(pkg.optionalDependencies ?? {})) {
    let base = path,
      found = false;
    for (;;) {
      if (lock.packages[(base ? base + '/' : '') + 'node_modules/' + dep]) {
        found = true;
        break;
      }
      if (!base) break;
      base = base.includes('/node_modules/') ? base.slice(0, base.lastIndexOf('/node_modules/')) : '';
    }
    if (!found) missing.set(path + '@' + pkg.version, [...(missing.get(path + '@' + pkg.version) ?? []), dep]);
  }
for (const [k, v] of missing) console.log(k, '->', v.join(' '));
