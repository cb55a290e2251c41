/**
 * Clusters that are nothing but manifests run in namespaces, each node a real daemon: the sessions that a cluster asks
 * for stand, routes are in the kernels where they should be and nowhere else, and filters do what they say.
 */
import { describe, it } from 'node:test';
import { whyNot } from '../support/peers/peer.ts';
import { SCENES } from './clusters/scenes.ts';
import { Stage } from './clusters/stage.ts';

// Most of the time goes into waiting for timers: a few at once.
describe('clusters in namespaces', { skip: whyNot('birdc'), concurrency: 3 }, () => {
  for (const scene of SCENES) {
    it(scene.about, { timeout: 180_000 }, async () => {
      const stage = new Stage();
      try {
        await stage.open(scene);
        await scene.check(stage);
      } finally {
        await stage.close();
      }
    });
  }
});
