import { describe, expect, it } from '@jest/globals';
import { contextOf } from '../../../../../test/harness/fake-context.js';
import { graphqlTransport } from '../graphql/graphql-transport.js';
import { httpTransport } from '../http/http-transport.js';
import { messageTransport } from '../messages/message-transport.js';
import { transportOf } from './transports.js';

describe('what brought a call', () => {
  it.each([
    ['http', httpTransport],
    ['rpc', messageTransport],
    ['ws', messageTransport],
    ['graphql', graphqlTransport],
  ])('is known by the type of its context: %s', (type, transport) => {
    expect(transportOf(contextOf(type, []))).toBe(transport);
  });

  it('is not known of any other type', () => {
    expect(transportOf(contextOf('necord', []))).toBeUndefined();
  });
});
