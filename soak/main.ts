// prints what came of a soak on each platform; exits with 1 if one has not passed
import { cpus } from 'node:os';
import { soak } from './soak.js';

const requests = Number(process.env['SOAK_REQUESTS'] ?? 1_000_000);
const platforms = (process.env['SOAK_PLATFORMS'] ?? 'express,fastify').split(',');

console.log(`${requests} requests on each platform, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`);
for (const platform of platforms) {
  const began = performance.now();
  const { marks, counts, complaints } = await soak(platform, requests, (message) =>
    console.log(`${platform}: ${message}`),
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${platform}: ${seconds} s, tasks`, counts);
  console.table(marks.map((mark) => ({ requests: mark.requests, 'heap (MB)': (mark.heapUsed / 2 ** 20).toFixed(2) })));
  complaints.forEach((complaint) => console.error(`${platform}: ${complaint}`));
  if (complaints.length > 0) process.exitCode = 1;
}
