import { BaseReads } from './delta-reads.js';
import { FormatError } from './error.js';
import { MAX_FRAME_OVERHEAD } from './frame.js';
import { VarintReader, VarintWriter } from './varint.js';
const KINDS = { data: 0, copy: 1, add: 2, movedCopy: 3, movedAdd: 4 };
const KIND_COUNT = 5;
/** More operations than one for 8 bytes of the chunk would cost a device more memory than they save bytes. */
const BYTES_PER_OPERATION = 8;
const SPARE_OPERATIONS = 64;
/** The longest body of a chunk, bytes. */
export function mostBodyBytes(chunkLength) {
    return chunkLength + MAX_FRAME_OVERHEAD;
}
/** The body, or undefined when it would break a limit: such a chunk is sent whole. */
export function encodeDeltaBody(operations) {
    const codes = new VarintWriter();
    const displacements = new VarintWriter();
    const differences = [];
    const literals = [];
    let at = 0;
    let count = 0;
    let displacement = 0;
    for (const operation of operations) {
        count += 1;
        if (operation.kind === 'data') {
            codes.write(operation.bytes.length * KIND_COUNT + KINDS.data);
            literals.push(operation.bytes);
            at += operation.bytes.length;
            continue;
        }
        const change = operation.source - at - displacement;
        if (change !== 0)
            displacements.writeSigned(change);
        displacement += change;
        if (operation.kind === 'copy') {
            codes.write(operation.length * KIND_COUNT + (change === 0 ? KINDS.copy : KINDS.movedCopy));
            at += operation.length;
        }
        else {
            codes.write(operation.differences.length * KIND_COUNT + (change === 0 ? KINDS.add : KINDS.movedAdd));
            differences.push(operation.differences);
            at += operation.differences.length;
        }
    }
    const head = new VarintWriter();
    head.write(codes.finish().length);
    head.write(displacements.finish().length);
    const runs = [head.finish(), codes.finish(), displacements.finish(), ...differences, ...literals];
    const body = Buffer.concat(runs);
    return count > mostOperations(at) || body.length > mostBodyBytes(at) ? undefined : body;
}
/** Checks everything in the body against `chunkLength` and `baseSize`, both bytes. Error: FRAME_MALFORMED. */
export function decodeDeltaBody(body, chunkLength, baseSize) {
    const { codes, displacements, rest } = partsOf(body);
    const steps = new StepLists();
    let at = 0;
    let displacement = 0;
    let differenceBytes = 0;
    let literalBytes = 0;
    for (let count = 1; !codes.atEnd; count += 1) {
        const code = codes.read();
        const kind = code % KIND_COUNT;
        const length = (code - kind) / KIND_COUNT;
        if (length < 1 || length > chunkLength - at)
            throw malformed('an operation does not fit the chunk');
        if (count > mostOperations(chunkLength))
            throw malformed('it has more operations than a chunk may have');
        if (kind === KINDS.data) {
            steps.insertions.push(at, length);
            literalBytes += length;
        }
        else {
            if (kind === KINDS.movedCopy || kind === KINDS.movedAdd)
                displacement += displacements.readSigned();
            const source = at + displacement;
            if (source < 0 || length > baseSize - source)
                throw malformed('an operation lies outside the base');
            steps.move(at, source, length);
            if (kind === KINDS.add || kind === KINDS.movedAdd) {
                steps.additions.push(at, length);
                differenceBytes += length;
            }
        }
        at += length;
    }
    if (at !== chunkLength)
        throw malformed(`its operations make ${at} bytes instead of ${chunkLength}`);
    if (!displacements.atEnd)
        throw malformed('it has more displacements than operations that take one');
    if (differenceBytes + literalBytes !== rest.length) {
        throw malformed('its differences and literals are not those that its operations take');
    }
    return steps.plan(chunkLength, rest.subarray(0, differenceBytes), rest.subarray(differenceBytes));
}
/** Operations that one frame may have. */
function mostOperations(chunkLength) {
    return Math.floor(chunkLength / BYTES_PER_OPERATION) + SPARE_OPERATIONS;
}
function partsOf(body) {
    const head = new VarintReader(body);
    const codeBytes = head.read();
    const displacementBytes = head.read();
    const middle = head.position + codeBytes;
    const end = middle + displacementBytes;
    if (end > body.length)
        throw malformed('a run is longer than the body');
    return {
        codes: new VarintReader(body.subarray(head.position, middle)),
        displacements: new VarintReader(body.subarray(middle, end)),
        rest: body.subarray(end),
    };
}
/** The steps while they are collected; neighbours on one displacement are one move. */
class StepLists {
    additions = [];
    insertions = [];
    #places = [];
    #sources = [];
    #lengths = [];
    /** Where the last move ends, in the chunk and in the base. */
    #end = { place: -1, source: -1 };
    move(place, source, length) {
        if (place === this.#end.place && source === this.#end.source) {
            const last = this.#lengths.length - 1;
            this.#lengths[last] = (this.#lengths[last] ?? 0) + length;
        }
        else {
            this.#places.push(place);
            this.#sources.push(source);
            this.#lengths.push(length);
        }
        this.#end = { place: place + length, source: source + length };
    }
    plan(chunkLength, differences, literals) {
        const base = BaseReads.covering(this.#sources, this.#lengths, chunkLength);
        const moves = new Uint32Array(3 * this.#places.length);
        for (const [at, place] of this.#places.entries()) {
            moves[3 * at] = place;
            moves[3 * at + 1] = base.placeOf(this.#sources[at] ?? 0);
            moves[3 * at + 2] = this.#lengths[at] ?? 0;
        }
        const additions = Uint32Array.from(this.additions);
        const insertions = Uint32Array.from(this.insertions);
        const steps = { moves, additions, insertions, differences, literals };
        return { chunkLength, reads: base.reads, baseLength: base.total, steps };
    }
}
function malformed(what) {
    return new FormatError('FRAME_MALFORMED', `a delta frame is malformed: ${what}`);
}
