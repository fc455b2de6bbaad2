/**
 * One stage of the pipeline: while its reader works on one item, the next few are fetched and worked on. Bounded
 * by a number, in order, and nothing that was whole before a failure is lost. It knows neither chunks nor slots.
 */

/**
 * What `work` makes of each item, in the items' order. At most `ahead` items are under way beside the one that
 * the reader holds, so memory that is used in turn needs `ahead + 1` places. An error of the items or of `work`
 * reaches the reader after everything before it. When the reader leaves early, `abandon` is called to end a wait
 * for items, and what is under way ends before this does.
 *
 * @param items an async generator: asked for several items at once, it makes one after the other
 */
export async function* inOrder<T, U>(
  items: AsyncGenerator<T, void, undefined>,
  ahead: number,
  work: (item: T) => Promise<U>,
  abandon: () => void = () => undefined,
): AsyncGenerator<U, void, undefined> {
  const start = (): Promise<{ readonly made: U } | undefined> => {
    const place = items
      .next()
      .then(async (item) => (item.done === true ? undefined : { made: await work(item.value) }));
    // An error waits here until its turn comes; the runtime must not take it for a forgotten one.
    place.catch(() => undefined);
    return place;
  };
  const places = Array.from({ length: ahead }, start);
  let ended = false;
  try {
    for (;;) {
      const place = await places.shift();
      if (place === undefined) {
        ended = true;
        return;
      }
      places.push(start());
      yield place.made;
    }
  } finally {
    if (!ended) abandon();
    await Promise.allSettled(places);
    await items.return();
  }
}
