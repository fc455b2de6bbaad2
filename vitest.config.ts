import { defineConfig } from 'vitest/config';

// Two cores are what there is: more workers only fight over them.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
