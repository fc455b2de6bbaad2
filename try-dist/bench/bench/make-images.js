/** `npm run bench:images -- [--cache FOLDER] [--full]`: makes all images and says what they are made of. */
import { parseArgs } from 'node:util';
import { FILE_SYSTEMS } from './images/file-systems.js';
import { changedPackages, defaultCache, imageAt, imageBytes, treeAt } from './images.js';
const { values } = parseArgs({
    options: { cache: { type: 'string', default: defaultCache() }, full: { type: 'boolean', default: false } },
});
const size = values.full ? 'full' : 'small';
for (const version of ['v1', 'v2', 'v2m']) {
    for (const kind of FILE_SYSTEMS) {
        const path = await imageAt(values.cache, { size, version, kind });
        process.stdout.write(`${path} ${await imageBytes(path)} bytes\n`);
    }
    if (version === 'v1')
        continue;
    const changed = await changedPackages(await treeAt(values.cache, size, 'v1'), await treeAt(values.cache, size, version));
    process.stdout.write(`v1 -> ${version}: ${changed.length} packages\n${changed.map((row) => `  ${row}\n`).join('')}`);
}
