import * as nest from '@nestjs/common';

/** Whether this is Nest 12 or later: by one of its exports, since Nest does not tell its version. */
export const isNest12OrLater = 'StandardSchemaValidationPipe' in nest;
