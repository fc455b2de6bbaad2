/** A stage of the pipeline: bounded, in order, and what was whole before a failure comes out. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inOrder } from '../../agent/walk/in-order.ts';

async function* numbers(
  count: number,
  error?: Error,
  noted?: (item: number) => void,
): AsyncGenerator<number, void, undefined> {
  for (let item = 0; item < count; item += 1) {
    noted?.(item);
    yield item;
  }
  if (error !== undefined) throw error;
}

/** Turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Everything that comes out, and the message of the error at the end. */
async function drain<T>(stage: AsyncGenerator<T>): Promise<{ out: T[]; error: string }> {
  const out: T[] = [];
  try {
    for await (const made of stage) out.push(made);
    return { out, error: '' };
  } catch (error) {
    return { out, error: error instanceof Error ? error.message : String(error) };
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

it('keeps the order, however long each item takes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(4), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (waits, ahead) => {
        const stage = inOrder(numbers(waits.length), ahead, async (item) => {
          await turns(waits[item] ?? 0);
          return item;
        });
        expect(await drain(stage)).toEqual({ out: upTo(waits.length), error: '' });
      },
    ),
    { numRuns: 50 },
  );
});

it('works on the next items while one is read, and on no more than it was allowed', async () => {
  let begun = 0;
  let taken = 0;
  let most = 0;
  const stage = inOrder(
    numbers(20, undefined, () => (begun += 1)),
    3,
    async (item) => item,
  );
  for await (const item of stage) {
    expect(item).toBe(taken);
    taken += 1;
    await turns(5);
    most = Math.max(most, begun - taken);
    if (item === 5) expect(begun - taken).toBe(3);
  }
  expect(most).toBe(3);
});

it('gives what was before an error of the items, then the error', async () => {
  const stage = inOrder(numbers(4, new Error('the line broke')), 3, async (item) => {
    await turns(4 - item);
    return item;
  });
  expect(await drain(stage)).toEqual({ out: upTo(4), error: 'the line broke' });
});

it('gives what was before an error of the work, then the error, and leaves nothing running', async () => {
  let running = 0;
  let abandoned = 0;
  const work = async (item: number): Promise<number> => {
    running += 1;
    await turns(item === 2 ? 0 : 6);
    running -= 1;
    if (item === 2) throw new Error('no such chunk');
    return item;
  };
  const stage = inOrder(numbers(9), 3, work, () => (abandoned += 1));
  expect(await drain(stage)).toEqual({ out: [0, 1], error: 'no such chunk' });
  expect([running, abandoned]).toEqual([0, 1]);
});

it('ends the wait for items when its reader leaves early, and closes them', async () => {
  const left = new AbortController();
  let closed = false;
  async function* stuck(): AsyncGenerator<number, void, undefined> {
    try {
      yield 0;
      await new Promise((_resolve, reject) => {
        left.signal.addEventListener('abort', () => reject(new Error('abandoned')));
      });
    } finally {
      closed = true;
    }
  }
  for await (const item of inOrder(
    stuck(),
    2,
    async (each) => each,
    () => left.abort(),
  )) {
    expect(item).toBe(0);
    break;
  }
  expect(closed).toBe(true);
});

it('does not abandon items that ended by themselves', async () => {
  let abandoned = 0;
  await drain(
    inOrder(
      numbers(3),
      2,
      async (item) => item,
      () => (abandoned += 1),
    ),
  );
  expect(abandoned).toBe(0);
});
