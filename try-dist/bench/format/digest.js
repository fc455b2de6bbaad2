/**
 * SHA-256 as this product writes it: 64 lower-case hex digits.
 * Knows nothing of what is hashed.
 */
import { createHash } from 'node:crypto';
/** Bytes of a SHA-256 digest. */
export const SHA256_BYTES = 32;
/** SHA-256 of `bytes`, lower-case hex. */
export function sha256Hex(bytes) {
    return createHash('sha256').update(bytes).digest('hex');
}
