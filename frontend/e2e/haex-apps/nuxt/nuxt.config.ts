// As its authors' extensions have it: no server, routes after the hash.
export default defineNuxtConfig({
  modules: ['@haex-space/vault-sdk/nuxt'],
  ssr: false,
  router: { options: { hashMode: true } },
  compatibilityDate: '2026-01-01',
  telemetry: false,
});
