/** Trusted keys are files of the read-only system image (rule 13), read afresh whenever they are needed. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePublicKey, FormatError, keyRing } from '../../format/index.js';
import { AgentError } from '../errors.js';
const SUFFIX = '.pub';
/** Error: CONFIG_INVALID, naming the file; a folder without keys is an empty ring, which no threshold meets. */
export async function readKeyFolder(folder, threshold) {
    try {
        const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX)).sort();
        const keys = await Promise.all(names.map(async (name) => decodePublicKey(await readFile(join(folder, name), 'utf8'), name)));
        return { ring: keyRing(keys), threshold };
    }
    catch (error) {
        if (!(error instanceof Error))
            throw error;
        const what = error instanceof FormatError ? error.message : `cannot be read: ${error.message}`;
        throw new AgentError('CONFIG_INVALID', `The key folder ${folder}: ${what}`, {
            cause: error,
            facts: { folder },
        });
    }
}
