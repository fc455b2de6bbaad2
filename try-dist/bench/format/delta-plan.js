/** Below this many bytes a loop is quicker than a call of the runtime's copy. */
const SHORT_COPY = 64;
/** Numbers per extent in a list. */
const MOVE = 3;
const STRETCH = 2;
/**
 * The chunk. `base` holds the bytes of all `plan.reads`, one after the other; RangeError when it has another
 * length. `chunk` may be a buffer of `plan.chunkLength` bytes to write into; every byte of it is written.
 */
export function applyDelta(plan, base, chunk = new Uint8Array(plan.chunkLength)) {
    if (base.length !== plan.baseLength || chunk.length !== plan.chunkLength) {
        throw new RangeError(`the plan reads ${plan.baseLength} bytes and makes ${plan.chunkLength}, ` +
            `not ${base.length} and ${chunk.length}`);
    }
    const { moves, additions, insertions, differences, literals } = plan.steps;
    for (let step = 0; step < moves.length; step += MOVE) {
        copy(base, numberAt(moves, step + 1), chunk, numberAt(moves, step), numberAt(moves, step + 2));
    }
    let taken = 0;
    for (let step = 0; step < insertions.length; step += STRETCH) {
        const length = numberAt(insertions, step + 1);
        copy(literals, taken, chunk, numberAt(insertions, step), length);
        taken += length;
    }
    taken = 0;
    for (let step = 0; step < additions.length; step += STRETCH) {
        const length = numberAt(additions, step + 1);
        add(differences, taken, chunk, numberAt(additions, step), length);
        taken += length;
    }
    return chunk;
}
function copy(from, source, to, target, length) {
    if (length > SHORT_COPY) {
        to.set(from.subarray(source, source + length), target);
        return;
    }
    for (let at = 0; at < length; at += 1)
        to[target + at] = from[source + at] ?? 0;
}
/** Sums of bytes, modulo 256. */
function add(from, source, to, target, length) {
    for (let at = 0; at < length; at += 1)
        to[target + at] = (to[target + at] ?? 0) + (from[source + at] ?? 0);
}
function numberAt(list, at) {
    return list[at] ?? 0;
}
