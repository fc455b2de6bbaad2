/** What other rooms may borrow from the command. */
export { progressBar } from './progress.js';
