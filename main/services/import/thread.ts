/** One more thread of an import: see threads.ts. */
import { serve } from './threads';

serve();
