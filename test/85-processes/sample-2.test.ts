import { describeSample } from './sample.ts';

describeSample([8, 9, 10, 11, 12, 13, 14]);
