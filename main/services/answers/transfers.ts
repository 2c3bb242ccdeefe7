/** Answers to the calls about bytes on their way in and long calls in flight. */
import type { Jobs } from '../jobs';
import { largestUpload, type Uploads } from '../uploads';
import type { transferCalls } from '../../contract/transfers';
import type { AnswersOf } from './answers-of';

export const transferAnswers = (uploads: Uploads, jobs: Jobs): AnswersOf<typeof transferCalls> => ({
  'uploads.begin': ({ name, size }) => {
    const token = uploads.begin({ name, size: size ?? largestUpload, exact: size !== null });
    return Promise.resolve({ token, url: uploads.url(token) });
  },
  'jobs.read': ({ job }) => Promise.resolve(jobs.read(job)),
  'jobs.cancel': ({ job }) => {
    jobs.cancel(job);
    return Promise.resolve(null);
  },
});
