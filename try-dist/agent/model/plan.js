/** `present[i]` says that chunk i is in the slot at its place; index 0 is ignored. */
export function planImage(image, index, present) {
    const runs = [];
    let reusedBytes = 0;
    let run;
    for (let chunk = 1; chunk < index.count; chunk += 1) {
        const entry = index.entry(chunk);
        if (present(chunk)) {
            reusedBytes += entry.length;
            if (run !== undefined)
                runs.push(run);
            run = undefined;
            continue;
        }
        const end = entry.frameOffset + entry.frameLength;
        run =
            run === undefined
                ? { firstChunk: chunk, lastChunk: chunk, start: entry.frameOffset, end }
                : { ...run, lastChunk: chunk, end };
    }
    if (run !== undefined)
        runs.push(run);
    return { slotClass: image.class, image, index, runs, first: runOf(index, 0), reusedBytes };
}
/** The part of a run from `chunk` on: where an interrupted run continues. */
export function restOfRun(index, run, chunk) {
    return { ...run, firstChunk: chunk, start: index.entry(chunk).frameOffset };
}
/** The whole update. */
export function planUpdate(release, slot, images) {
    const sum = (of) => images.reduce((total, plan) => total + of(plan), 0);
    return {
        identity: release.identity,
        version: release.version,
        slot,
        images,
        fetchBytes: sum((plan) => [plan.first, ...plan.runs].reduce((total, run) => total + run.end - run.start, 0)),
        imageBytes: sum((plan) => plan.image.size),
        smallestWay: sum((plan) => plan.image.pack.size + plan.image.index.size),
    };
}
function runOf(index, chunk) {
    const entry = index.entry(chunk);
    return {
        firstChunk: chunk,
        lastChunk: chunk,
        start: entry.frameOffset,
        end: entry.frameOffset + entry.frameLength,
    };
}
