import { test } from '@playwright/test';
import { cp, writeFile, mkdir } from 'node:fs/promises';
import { AppWindow, Desktop, Home, until } from './harness';
import { Sinks } from './sinks';
for (const skip of ['', 'channel,features,proxy,policy', 'channel,features,proxy,policy,csp'])
test('try '+skip, async () => {
  const d = await Desktop.start();
  const home = await Home.make();
  try {
    const sinks = await Sinks.start(home.dir);
    const dir = home.dir+'/hostile';
    await cp('fixtures/hostile', dir, {recursive:true});
    await writeFile(dir+'/config.json', JSON.stringify(sinks.config));
    const w = await AppWindow.start(d, home, {binary:'/tmp/try-bin', env:{...sinks.env, TRYDIR:dir, ALCOVE_TEST_SKIP: skip}});
    await w.evaluate('go()');
    const r = await until('results', async()=>{ const f=await w.findInFrame('#results').catch(()=>null); return f?.text?.includes('mark.settle') ? f.text : null}, 40000).catch(async e=>{console.log(String(e)); return (await w.findInFrame('#results').catch(()=>null))?.text});
    console.log(r?.split('\n').map(l=>l.slice(0,110)).join('\n'));
    await w.screenshot('hostile-'+skip.length);
    console.log('TCP', sinks.tcp, 'UDP', sinks.udp.length, 'NAMES', await sinks.names());
    console.log(await d.tool('xdotool','search','--name','OWNED').catch(()=>'not owned'));
    await w.kill9(); console.log(w.log.slice(-3000));
    await sinks.stop();
  } finally { await d.stop(); await home.remove(); }
});
