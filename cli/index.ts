/** What other rooms may borrow from the command. */
export { type ProgressBar, type ProgressStream, progressBar } from './progress.ts';
