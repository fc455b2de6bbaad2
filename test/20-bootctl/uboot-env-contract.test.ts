/** U-Boot's environment against the contract of every backend, for each way of counting and each flag scheme. */
import { envOfOrder, FLAG_SCHEMES } from '../../bootctl/index.ts';
import { describeBackend } from './contract.ts';
import { CUT_WRITES } from './memory-region.ts';
import { type Board, ENV_BYTES, encoded, FLAGS_ONLY, factory, type UbootMedium } from './uboot-medium.ts';

const BOARDS: readonly Board[] = [
  { counting: 'donabe', scheme: 'incremental' },
  { counting: 'donabe', scheme: 'boolean' },
  { counting: 'vendor', scheme: 'incremental' },
  { counting: 'bootcount', scheme: 'incremental' },
];

const damaged =
  (index: number) =>
  async ({ region }: UbootMedium): Promise<void> => {
    region.bytes[index * ENV_BYTES + 40] = (region.bytes[index * ENV_BYTES + 40] ?? 0) ^ 0xff;
  };

for (const board of BOARDS) {
  describeBackend<UbootMedium>(`uboot-env, ${board.counting}, ${board.scheme}`, {
    cuts: [...CUT_WRITES, FLAGS_ONLY],
    factory: () => factory(board),
    wear: {
      'copy 1 is bad': damaged(0),
      'copy 2 is bad': damaged(1),
      'U-Boot has saved once since': async (medium) => {
        const current = medium.current();
        if (current !== undefined) medium.save({ ...current.env, entries: [...current.env.entries, 'x=1'] });
      },
      'the older copy is of another life, in which b was good': async (medium) => {
        const current = medium.current();
        if (current === undefined) return;
        const { index, env } = current;
        const life = { order: ['b', 'a'], tries: { a: 9, b: 9 }, trial: [] } as const;
        const flags = FLAG_SCHEMES[board.scheme].behind(env.flags);
        medium.region.bytes.set(
          encoded({ ...envOfOrder(env, life, medium.rules), flags }),
          (1 - index) * ENV_BYTES,
        );
      },
    },
    lose: async ({ region }) => region.bytes.fill(0xa5),
  });
}
