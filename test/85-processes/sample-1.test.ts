import { describeSample } from './sample.ts';

describeSample([1, 2, 3, 4, 5, 6, 7]);
