/** Answers to the calls about pictures on their way out. */
import type { pictureCalls } from '../../contract/pictures';
import type { Pictures } from '../pictures';
import type { AnswersOf } from './answers-of';

export const pictureAnswers = (pictures: Pictures): AnswersOf<typeof pictureCalls> => ({
  'pictures.save': (request) => pictures.save(request),
});
