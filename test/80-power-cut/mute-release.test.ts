/** A release whose kernel panics: nobody ever says a word from its slot (rules 7 and 17). */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab } from '../../fixtures/index.ts';
import { expectSafe, optionsFor } from './every-write.ts';
import { type LabFolder, labFolder } from './lab-releases.ts';

let folder: LabFolder;
beforeAll(async () => {
  folder = await labFolder();
});
afterAll(() => folder.remove());

it('is tried three times, three boots each, and then refused', async () => {
  const factory = await folder.publish('1.0.0', 1);
  const mute = await folder.publish('2.0.2', 4, { mute: true });
  const lab = await Lab.create(optionsFor(folder, factory, mute, 1));
  try {
    let hung = 0;
    const end = await lab.run(undefined, 30, async (step) => {
      if (step.kind === 'hung') hung += 1;
      await expectSafe(lab, step);
    });
    expect(end).toEqual({ kind: 'idle', slot: 'a' });
    expect(hung).toBe(9);
    const { record } = await lab.vaultRecord();
    expect(record.failures.find(({ identity }) => identity === mute.seal.identity)?.silentTrials).toBe(3);
    expect(lab.log.join('\n')).toContain('RELEASE_FAILED_BEFORE');
  } finally {
    lab.dispose();
  }
});
