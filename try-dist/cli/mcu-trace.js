/** Bytes of a value that are shown in a row; the whole of it is in `--hex`. */
const SHOWN_BYTES = 8;
const ARROWS = { board: 'board > mcu', mcu: 'board < mcu', line: 'board ? mcu' };
/** `    12.345 board > mcu status #7 request`, then fields, marks, CRC and, when wanted, the bytes. */
export function entryText(entry, hex) {
    const head = `${(entry.atMs / 1000).toFixed(6).padStart(13)}  ${ARROWS[entry.from]}  `;
    const bytes = entry.kind === 'frame' ? entry.frame.payload : entry.bytes;
    const tail = hex && bytes.length > 0 ? `\n${' '.repeat(15)}${digits(bytes)}` : '';
    return head + (entry.kind === 'frame' ? frameText(entry) : discardText(entry)) + tail;
}
export function entryJson(entry) {
    const { atMs } = entry;
    if (entry.kind === 'discarded') {
        const { kind, from, reason, bytes } = entry;
        return JSON.stringify({ kind, atMs, from, reason, bytes: digits(bytes) });
    }
    const { frame, ...traced } = entry;
    const { command, payload } = frame;
    // Bytes inside the fields as hex, like everywhere else.
    const plain = (_name, value) => value instanceof Uint8Array ? digits(value) : value;
    return JSON.stringify({ ...traced, crc: 'ok', cmd: command, payload: digits(payload) }, plain);
}
export function statisticsText(statistics) {
    const { frames, bytes, utilisation, discardedBytes, answers } = statistics;
    const wires = ['board', 'mcu', 'line']
        .filter((on) => bytes[on] > 0)
        .map((on) => `${on} ${bytes[on]} (${(utilisation[on] * 100).toFixed(1)} %)`);
    const discarded = Object.entries(discardedBytes).map(([reason, count]) => `${reason} ${count}`);
    const ms = (value) => value.toFixed(1);
    return [
        '',
        `heard for        ${statistics.seconds.toFixed(3)} s`,
        `bytes            ${wires.join(', ') || 'none'} (share of what the wire can carry)`,
        `frames           board ${frames.board}, mcu ${frames.mcu}`,
        `errors           refused ${statistics.refused}, malformed ${statistics.malformed}, unanswered ${statistics.unanswered}, stale ${statistics.stale}`,
        `repeated         ${statistics.repeated}`,
        `discarded bytes  ${discarded.join(', ')}`,
        `resyncs          ${statistics.resyncs}`,
        answers === undefined
            ? 'answer times     none'
            : `answer times     p50 ${ms(answers.p50)}, p90 ${ms(answers.p90)}, p99 ${ms(answers.p99)}, most ${ms(answers.most)} ms, of ${answers.count}`,
    ].join('\n');
}
function frameText(entry) {
    const { answerMs, number } = entry;
    const marks = [
        ...(entry.repeated ? ['again'] : []),
        ...(entry.stale ? ['stale'] : []),
        ...(answerMs === undefined ? [] : [`after ${answerMs.toFixed(1)} ms`]),
        ...(entry.problem === undefined ? [] : [`malformed (${entry.problem})`]),
        'crc ok',
    ];
    const name = number === undefined ? entry.name : `${entry.name} #${number}`;
    const fields = fieldsText(entry.fields ?? {}, '');
    return [`${entry.role} ${name}`, ...fields, `[${marks.join(', ')}]`].join(' ');
}
function discardText(entry) {
    return `discarded ${entry.bytes.length} ${entry.bytes.length === 1 ? 'byte' : 'bytes'}: ${entry.reason}`;
}
/** `name=value`, with the names of records inside records joined by a dot; what is not known is left out. */
function fieldsText(fields, prefix) {
    return Object.entries(fields).flatMap(([name, value]) => {
        if (value === undefined)
            return [];
        if (value instanceof Uint8Array)
            return [`${prefix}${name}=${shortened(value)}`];
        if (typeof value === 'object' && value !== null)
            return fieldsText({ ...value }, `${prefix}${name}.`);
        return [`${prefix}${name}=${String(value)}`];
    });
}
function shortened(bytes) {
    const shown = digits(bytes.subarray(0, SHOWN_BYTES));
    return bytes.length > SHOWN_BYTES ? `${shown}...(${bytes.length} bytes)` : shown;
}
function digits(bytes) {
    return Buffer.from(bytes).toString('hex');
}
