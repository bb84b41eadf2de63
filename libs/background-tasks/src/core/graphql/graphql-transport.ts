import { innermostCall } from '../calls/current-call.js';
import { OwnCall } from '../calls/own-call.js';
import type { Transport } from '../calls/transport.js';
import { ServedRequest, tasksOfRequest } from '../http/request.js';
import { tasksFrom } from '../tasks/background-tasks.js';
import { applicationOfResolver, requestOfOperation, requestOfResolver } from './operation.js';
import { ResolverCall } from './resolver-call.js';
import { sourceOfResolver } from './resolver-source.js';

/** Resolvers: those of one operation share the response of HTTP that will carry its result, if there is one. */
export const graphqlTransport: Transport = {
  hint: () =>
    "; where it resolves a field of a subscription's events, GraphQLModule needs " +
    "`fieldResolverEnhancers: ['interceptors']`",

  callFor(context, application) {
    const request = requestOfResolver(context);
    return request === undefined ? new OwnCall(application, sourceOfResolver) : new ResolverCall(request, application);
  },

  /** Resolvers of fields are not followed, unless `fieldResolverEnhancers` says so. */
  tasksFor(context) {
    const request = requestOfResolver(context);
    const call = innermostCall();
    const isFollowed = request === undefined || (call instanceof ResolverCall && call.request === request);
    if (isFollowed) return call?.tasksForParameter();
    const application = applicationOfResolver(context);
    return application && (application.tasksForParameters ?? tasksOfRequest(request, application));
  },

  /** For a resolver, Nest says the context of its operation: the tasks are those of the resolver that uses them. */
  tasksOfRequest(context, application) {
    const request = requestOfOperation(context);
    if (request === undefined) return undefined;
    const served = ServedRequest.of(request, application);
    return tasksFrom({
      get group() {
        return (application.currentCall.callOn(served.batch) ?? served).group;
      },
    });
  },
};
