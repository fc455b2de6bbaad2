import { describeSample } from './sample.ts';

describeSample([15, 16, 17, 18, 19, 20]);
