/**
 * JSON for hostile input: one reading per text, bounded by limits. Everything that two parsers could read
 * differently is refused: invalid UTF-8, duplicate names (compared after their escapes are decoded), lone
 * surrogates, `__proto__`, numbers that are not integers of at most 2^53-1.
 * Must not know which document it reads; the caller names the error code.
 */
import { FormatError } from './error.js';
/** No document of this product nests deeper than 6; 16 leaves room and keeps the stack small. */
const DEFAULT_MAX_DEPTH = 16;
/** 2^53-1 has 16 digits, so a longer run of digits need not be read. The look-ahead refuses 1.0, 1e3 and 01. */
const INTEGER = /-?(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;
const HALF_PAIR = /\p{Surrogate}/u;
const BLANK = /[ \t\n\r]*/y;
const LITERALS = [
    ['true', true],
    ['false', false],
    ['null', null],
];
/** Parses `bytes` as one JSON text. Throws FormatError with `limits.code`. */
export function parseStrictJson(bytes, limits) {
    const code = limits.code ?? 'JSON_MALFORMED';
    if (bytes.length > limits.maxBytes) {
        throw new FormatError(code, `the JSON text has ${bytes.length} bytes; at most ${limits.maxBytes} are read`);
    }
    return new Reader(decodeUtf8(bytes, code), limits.maxDepth ?? DEFAULT_MAX_DEPTH, code).document();
}
/** True for `{...}`, which TypeScript cannot tell from a list by itself. */
export function isJsonObject(value) {
    return value !== null && typeof value === 'object' && !Array.isArray(value);
}
function decodeUtf8(bytes, code) {
    try {
        // ignoreBOM keeps a byte order mark as a character, which the reader then refuses.
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    }
    catch (cause) {
        throw new FormatError(code, 'the JSON text is not valid UTF-8', { cause });
    }
}
class Reader {
    #text;
    #maxDepth;
    #code;
    #at = 0;
    constructor(text, maxDepth, code) {
        this.#text = text;
        this.#maxDepth = maxDepth;
        this.#code = code;
    }
    document() {
        const value = this.#value(0);
        this.#skipBlank();
        if (this.#at < this.#text.length)
            this.#refuse('something follows the end of the document');
        return value;
    }
    #value(depth) {
        this.#skipBlank();
        const first = this.#text[this.#at];
        if (first === '{')
            return this.#object(depth + 1);
        if (first === '[')
            return this.#array(depth + 1);
        if (first === '"')
            return this.#string();
        for (const [word, value] of LITERALS) {
            if (this.#text.startsWith(word, this.#at)) {
                this.#at += word.length;
                return value;
            }
        }
        return this.#integer();
    }
    #object(depth) {
        this.#enter(depth);
        const members = new Map();
        if (this.#accept('}'))
            return {};
        do {
            this.#skipBlank();
            if (this.#text[this.#at] !== '"')
                this.#refuse('a name in quotation marks is expected');
            const name = this.#string();
            if (members.has(name))
                this.#refuse(`the name ${JSON.stringify(name)} occurs twice in one object`);
            if (name === '__proto__')
                this.#refuse('the name "__proto__" is not allowed');
            if (!this.#accept(':'))
                this.#refuse('a colon is expected');
            members.set(name, this.#value(depth));
        } while (this.#accept(','));
        if (!this.#accept('}'))
            this.#refuse('a comma or a closing brace is expected');
        return Object.fromEntries(members);
    }
    #array(depth) {
        this.#enter(depth);
        const items = [];
        if (this.#accept(']'))
            return items;
        do {
            items.push(this.#value(depth));
        } while (this.#accept(','));
        if (!this.#accept(']'))
            this.#refuse('a comma or a closing bracket is expected');
        return items;
    }
    #string() {
        const start = this.#at;
        let end = start + 1;
        while (end < this.#text.length && this.#text[end] !== '"')
            end += this.#text[end] === '\\' ? 2 : 1;
        this.#at = end + 1;
        const value = this.#unquote(this.#text.slice(start, this.#at));
        if (HALF_PAIR.test(value))
            this.#refuse('a string holds half of a surrogate pair');
        return value;
    }
    /** Escapes and control characters of one string literal are JSON.parse's business. */
    #unquote(literal) {
        try {
            return String(JSON.parse(literal));
        }
        catch (cause) {
            throw new FormatError(this.#code, `the string before character ${this.#at} is malformed`, { cause });
        }
    }
    #integer() {
        INTEGER.lastIndex = this.#at;
        const digits = INTEGER.exec(this.#text)?.[0];
        if (digits === undefined)
            return this.#refuse('a value is expected (numbers are whole, at most 2^53-1)');
        const value = Number(digits);
        if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
            this.#refuse('a number is outside of +-(2^53-1) or a negative zero');
        }
        this.#at += digits.length;
        return value;
    }
    #enter(depth) {
        if (depth > this.#maxDepth)
            this.#refuse(`it nests deeper than ${this.#maxDepth}`);
        this.#at += 1;
    }
    #accept(mark) {
        this.#skipBlank();
        if (this.#text[this.#at] !== mark)
            return false;
        this.#at += 1;
        return true;
    }
    #skipBlank() {
        BLANK.lastIndex = this.#at;
        this.#at += BLANK.exec(this.#text)?.[0].length ?? 0;
    }
    #refuse(what) {
        throw new FormatError(this.#code, `the JSON text is malformed at character ${this.#at}: ${what}`);
    }
}
