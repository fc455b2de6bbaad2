/**
 * A small file that is read whole and replaced whole: the boot control of boot loaders that keep it in a file
 * system. It knows atomic replacement, nothing of what the bytes mean.
 */
export {};
