/**
 * The codec of GRUB's environment block, the file `grubenv`. Pure: bytes in, values out. It does not know what
 * the variables mean, nor where the file lies.
 *
 * Source of the layout: `grub-core/lib/envblk.c` of GRUB. There is no checksum, no version and no second copy.
 *
 * | offset | size | field                                                                             |
 * | ------ | ---- | --------------------------------------------------------------------------------- |
 * | 0      | 25   | `# GRUB Environment Block` and a line feed                                         |
 * | 25     | any  | lines, each ended by a line feed: `name=value`, or a comment that begins with `#`  |
 * | then   | rest | filler of `#`; the byte before it is a line feed                                   |
 *
 * In a value a backslash stands before each backslash and each line feed that belong to it. The size never
 * changes, because GRUB writes to the disk blocks that the file has.
 */
/** The size that `grub-editenv create` makes. */
export const GRUB_BLOCK_BYTES = 1024;
/** More than any board keeps there; a larger file is not a block. */
export const GRUB_BLOCK_MOST_BYTES = 65_536;
const SIGNATURE = '# GRUB Environment Block\n';
const FILLER = '#'.charCodeAt(0);
const LINE_FEED = '\n'.charCodeAt(0);
/** Decodes a whole file. Never throws. */
export function decodeGrubBlock(bytes) {
    if (bytes.length > GRUB_BLOCK_MOST_BYTES) {
        return fault(GRUB_BLOCK_MOST_BYTES, `${bytes.length} bytes are too many for a block`);
    }
    const text = Buffer.from(bytes).toString('latin1');
    if (!text.startsWith(SIGNATURE))
        return fault(0, 'it does not begin with "# GRUB Environment Block"');
    const end = endOfLines(bytes);
    if (bytes[end - 1] !== LINE_FEED)
        return fault(end, 'no line feed stands before the filler');
    const lines = [];
    for (let at = SIGNATURE.length; at < end;) {
        const lineEnd = endOfLine(text, at, end);
        if (lineEnd === undefined)
            return fault(at, 'the last line does not end');
        const line = text.slice(at, lineEnd);
        const decoded = decodeLine(line);
        if (decoded === undefined)
            return fault(at, 'a line is neither name=value nor a comment');
        lines.push(decoded);
        at = lineEnd + 1;
    }
    return { kind: 'block', block: { size: bytes.length, lines } };
}
/** The bytes of a block, exactly `size`; undefined when the lines do not fit. */
export function encodeGrubBlock(block) {
    const text = SIGNATURE + block.lines.map((line) => `${encodeLine(line)}\n`).join('');
    if (text.length > block.size)
        return undefined;
    const bytes = new Uint8Array(block.size).fill(FILLER);
    bytes.set(Buffer.from(text, 'latin1'));
    return bytes;
}
/** A block without variables, of the usual size. */
export function newGrubBlock() {
    return { size: GRUB_BLOCK_BYTES, lines: [] };
}
/** The value of a variable; GRUB's `load_env` lets the last of several lines win. */
export function grubVariable(block, name) {
    const line = block.lines.findLast((line) => line.kind === 'variable' && line.name === name);
    return line?.kind === 'variable' ? line.value : undefined;
}
/** The block with a variable set (once, where it stood first) or, for undefined, removed. */
export function withGrubVariable(block, name, value) {
    const isIt = (line) => line.kind === 'variable' && line.name === name;
    const first = block.lines.findIndex(isIt);
    const at = first < 0 ? block.lines.length : first;
    const others = block.lines.filter((line) => !isIt(line));
    if (value === undefined)
        return { ...block, lines: others };
    const line = { kind: 'variable', name, value };
    return { ...block, lines: [...others.slice(0, at), line, ...others.slice(at)] };
}
/** Offset behind the last byte that is no filler. */
function endOfLines(bytes) {
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === FILLER)
        end -= 1;
    return end;
}
/** Offset of the line feed that ends the line: one behind a backslash belongs to the value. */
function endOfLine(text, start, end) {
    for (let at = start; at < end; at += 1) {
        if (text[at] === '\\')
            at += 1;
        else if (text[at] === '\n')
            return at;
    }
    return undefined;
}
function decodeLine(line) {
    if (line.startsWith('#'))
        return { kind: 'comment', text: line };
    const equals = line.indexOf('=');
    if (equals < 1)
        return undefined;
    const name = line.slice(0, equals);
    // GRUB reads on to the next equals sign, whatever stands between; a name with an escape in it is no name.
    if (name.includes('\\'))
        return undefined;
    return { kind: 'variable', name, value: line.slice(equals + 1).replace(/\\([\s\S])/g, '$1') };
}
function encodeLine(line) {
    return line.kind === 'comment' ? line.text : `${line.name}=${line.value.replace(/[\\\n]/g, '\\$&')}`;
}
function fault(offset, detail) {
    return { kind: 'fault', offset, detail };
}
