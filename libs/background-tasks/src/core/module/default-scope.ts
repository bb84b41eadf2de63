/** Provided where `BackgroundTasks` has `Scope.DEFAULT`: requests have to be found by what they lead to. */
export class DefaultScope {}
