import { describe, expect, it } from '@jest/globals';
import { platformRequestOf, rememberPlatformRequest } from './platform-request.js';

describe('the request of the platform', () => {
  it('is what was remembered of it', () => {
    const [raw, request] = [{}, {}];
    rememberPlatformRequest(raw, request);
    expect(platformRequestOf(raw)).toBe(request);
  });

  it("is Node's own where nothing was", () => {
    const raw = {};
    expect(platformRequestOf(raw)).toBe(raw);
  });

  it('is none without a request', () => {
    expect(platformRequestOf(undefined)).toBeUndefined();
  });
});
