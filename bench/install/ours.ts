/** Our own `donabe install`, bundled or not, with the unit's settings of Node. */
import { join } from 'node:path';
import { projectFolder } from '../../fixtures/index.ts';
import { COMMAND } from '../delta/ours.ts';
import { measured } from '../measured.ts';
import { NODE, UNIT } from '../unit.ts';
import type { Board } from './board.ts';
import type { Way } from './method.ts';

export const BUNDLE = join(projectFolder(), 'dist', 'bundle', 'donabe.mjs');

export interface OursOptions {
  readonly name: string;
  readonly board: Board;
  readonly imageBytes: number;
  /** Asked at each run: nginx has another port each time. */
  readonly url: () => string;
  readonly bundled?: boolean;
  /** Words before the command, such as what puts it under a limit. */
  readonly under?: readonly string[];
}

export function ours({ name, board, imageBytes, url, bundled = true, under = [] }: OursOptions): Way {
  const program = [...under, ...NODE, bundled ? BUNDLE : COMMAND];
  return {
    name,
    writes: imageBytes,
    reset: () => board.reset(),
    run: (options = {}) =>
      measured([...program, '--config', board.configuration, 'install', url(), '--json'], {
        ...options,
        environment: UNIT,
      }),
  };
}
