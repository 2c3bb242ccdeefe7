/** For tools that do not read components themselves (eslint's TypeScript); vue-tsc knows their real types. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent;
  export default component;
}
