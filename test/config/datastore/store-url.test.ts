/** URLs of datastores say what they name, refuse what they cannot, and never show a password. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { labelOf, parseStoreUrl, StoreUrlError } from '../../../config/index.ts';

const GOOD: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ['file:manifests', 'file:manifests', { scheme: 'file', path: 'manifests', tls: false }],
  ['file:///etc/peregrine', 'file:/etc/peregrine', { path: '/etc/peregrine' }],
  ['file:/etc/a%20b', 'file:/etc/a b', { path: '/etc/a b' }],
  ['redis://127.0.0.1', 'redis://127.0.0.1', { hosts: [{ host: '127.0.0.1', port: undefined }], path: '' }],
  [
    'redis://u:p%40ss@[::1]:7000/3',
    'rediss://[::1]:7000/3'.replace('ss', 's'),
    { username: 'u', password: 'p@ss', path: '3' },
  ],
  ['redis://:secret@h', 'redis://h', { username: undefined, password: 'secret' }],
  [
    'rediss://h?ca=/x/ca.pem&prefix=one',
    'rediss://h',
    {
      tls: true,
      options: new Map([
        ['ca', '/x/ca.pem'],
        ['prefix', 'one'],
      ]),
    },
  ],
  ['redis+sentinel://a:1,b/mine/2', 'redis+sentinel://a:1,b/mine/2', { scheme: 'redis+sentinel', path: 'mine/2' }],
  ['rediss+cluster://a,b', 'rediss+cluster://a,b', { scheme: 'redis+cluster', tls: true }],
  ['etcd://a:2379,b:2379', 'etcd://a:2379,b:2379', { scheme: 'etcd', tls: false }],
  ['etcds://u:p@a', 'etcds://a', { tls: true, password: 'p' }],
  ['kubernetes:', 'kubernetes:', { scheme: 'kubernetes', path: '' }],
  [
    'kubernetes:/root/.kube/config?context=x&namespace=y',
    'kubernetes:/root/.kube/config',
    { path: '/root/.kube/config' },
  ],
];

for (const [text, label, parts] of GOOD) {
  it(`reads ${text}`, () => {
    const url = parseStoreUrl(text);
    assert.equal(labelOf(url), label);
    for (const [name, value] of Object.entries(parts)) assert.deepEqual(url[name as keyof typeof url], value, name);
  });
}

const BAD: readonly (readonly [string, RegExp])[] = [
  ['', /a datastore begins with file:/],
  ['mysql://x', /a datastore begins with file:/],
  ['file:', /needs a folder/],
  ['redis:host', /needs \/\/ and a host/],
  ['redis://', /"" is not a host/],
  ['redis://a,b', /takes one host/],
  ['redis://a:99999', /"a:99999" is not a host/],
  ['redis://a/x', /number of a database/],
  ['redis+sentinel://a', /name of the master/],
  ['redis://a?colour=red', /no option of a datastore is named "colour": there are prefix/],
  ['file:x?y', /there are none here/],
  ['redis://a%zz@b', /% that is no escape/],
];

for (const [text, message] of BAD) {
  it(`refuses ${text || 'nothing'}`, () => {
    assert.throws(
      () => parseStoreUrl(text),
      (error: unknown) => error instanceof StoreUrlError && message.test(error.message),
    );
  });
}
