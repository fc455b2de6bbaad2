/**
 * Where the copies of a U-Boot environment lie, as the backend wants it: whole copies, and a way to be alone with
 * them. It knows nothing of what the bytes mean.
 */
export {};
