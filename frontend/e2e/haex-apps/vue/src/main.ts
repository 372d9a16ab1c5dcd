import { createApp, h } from 'vue';
import { createRouter, createWebHashHistory } from 'vue-router';
import App from './App.vue';

const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', component: { render: () => h('h1', 'Tasks') } },
    { path: '/about', component: () => import('./About.vue') },
  ],
});
createApp(App).use(router).mount('#app');
