/** Answers to the calls about the program, its settings and templates. */
import type { Context } from '../context';
import { readSettings, writeSettings } from '../settings';
import { templates } from '../templates';
import type { appCalls } from '../../contract/app';
import { done, type AnswersOf } from './answers-of';

export const appAnswers = (context: Context): AnswersOf<typeof appCalls> => ({
  'settings.read': () => readSettings(context),
  'settings.write': (changes) => done(writeSettings(context, changes)),
  'templates.list': () => Promise.resolve([...templates]),
});
