import { defineConfig } from 'vitest/config';

// Two cores are what there is: more workers only fight over them.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    maxWorkers: 3,
    // Ends what hangs; the longest story takes a tenth of it on a quiet machine.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
