/**
 * `node node-floor.js IMAGE OUTPUT`: what Node itself needs to hash and write an image that it has in memory, each
 * chunk hashed while the one before it is written; flushed at the end. Prints seconds as JSON.
 */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
const CHUNK = 2 ** 20;
const [imagePath = '', outputPath = ''] = process.argv.slice(2);
const image = await readFile(imagePath);
const output = await open(outputPath, 'w');
const started = performance.now();
let written = Promise.resolve();
for (let offset = 0; offset < image.length; offset += CHUNK) {
    const chunk = image.subarray(offset, offset + CHUNK);
    createHash('sha256').update(chunk).digest();
    await written;
    written = output.write(chunk, 0, chunk.length, offset);
}
await written;
await output.datasync();
process.stdout.write(JSON.stringify({ insideS: (performance.now() - started) / 1000 }));
