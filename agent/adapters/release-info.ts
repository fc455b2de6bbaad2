/** What the booted image says about itself: the file that names its release. */
import { readFileSync } from 'node:fs';
import { decodeReleaseInfo, type ReleaseInfo } from '../../format/index.ts';
import { AgentError } from '../errors.ts';

/** Error: RELEASE_INFO_INVALID. */
export function readReleaseInfo(path: string): ReleaseInfo {
  try {
    return decodeReleaseInfo(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new AgentError('RELEASE_INFO_INVALID', `${path}: ${error.message}`, { cause: error });
  }
}
