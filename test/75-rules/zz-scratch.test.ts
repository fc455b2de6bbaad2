import { afterAll, beforeAll, expect, it } from 'vitest';
import { SLOT_NAMES } from '../../bootctl/index.ts';
import { type BootEnd, Lab, type LabMemory, type LabRelease } from '../../fixtures/index.ts';
import { CHUNK, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';

let folder: LabFolder;
let factory: any, fresh: any, broken: any, mute: any;
beforeAll(async () => {
  folder = await labFolder(3);
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  broken = await folder.publish('2.0.1', 3, { healthy: false });
  mute = await folder.publish('2.0.2', 4, { mute: true });
});
afterAll(() => folder.remove());
const lossesList: LabMemory[][] = [
  ['store'],
  ['vault'],
  ['store', 'vault'],
  ['boot control'],
  ['boot control', 'vault'],
  ['boot control', 'store'],
  ['boot control', 'store', 'vault'],
];
for (const losses of lossesList)
  for (const name of ['fresh', 'broken', 'mute'])
    it(`${name} losing ${losses.join(' and ')}`, async () => {
      const release = { fresh, broken, mute }[name] as any;
      const ends = new Map<string, number[]>();
      let total = 0;
      for (let cut: number | undefined; ; cut = (cut ?? 0) + 1) {
        if (cut !== undefined && cut > total) break;
        const lab = await Lab.create({
          seed: 1,
          factory,
          releases: [factory, release],
          published: release.published,
          ring: folder.keys.ring,
          partitionBytes: 3 * CHUNK + 4096,
        });
        let what = '';
        const notes = new Set<string>();
        let trace = '';
        try {
          let lost = false;
          const end = await lab.run(cut, 40, async (e) => {
            trace += `[${e.kind} ${'slot' in e ? e.slot : ''}]`;
            if (e.kind === 'cut' && !lost) {
              lost = true;
              for (const l of losses) lab.lose(l);
              if (losses.includes('boot control')) return;
            }
            if (e.kind === 'bricked') return;
            const st = await lab.bootState();
            for (const s of SLOT_NAMES)
              if (st.slots[s].bootable && lab.contentOf(s) === undefined)
                notes.add(`boot+${s}-${lab.withoutBeginning(s) ? 'headless' : 'GARBAGE'}`);
          });
          const st = await lab.bootState();
          const { record } = await lab.vaultRecord();
          what = `${end.kind} ${'slot' in end ? end.slot : ''} good=${SLOT_NAMES.filter((s) => st.slots[s].successful)} bootable=${SLOT_NAMES.filter((s) => st.slots[s].bootable)} seq=${record.floors.sequence} trial=${record.trial?.slot} fail=${record.failures.map((f) => `${f.version}:${f.failedTrials}/${f.silentTrials}/${f.installAttempts}`)} seals=${Object.keys(record.seals)} ${[...notes]}`;
        } catch (error) {
          what = `THROWN ${(error as Error).message.slice(0, 100)} ${[...notes]} ${trace}`;
        }
        if (cut === undefined) total = lab.total;
        lab.dispose();
        ends.set(what, [...(ends.get(what) ?? []), cut ?? 0]);
      }
      console.log(
        `== ${name} / lost ${losses.join('+')} / ${total}\n` +
          [...ends].map(([k, v]) => `${v.length} @${v.slice(0, 6)}: ${k}`).join('\n'),
      );
      expect(1).toBe(1);
    }, 300000);
