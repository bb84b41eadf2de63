import { Length, MinLength } from 'class-validator';
import { EmailDto } from './email.dto.js';

/** What a visitor fills in to get an account. */
export class SignUpDto extends EmailDto {
  @Length(1, 50)
  readonly username!: string;

  @MinLength(8)
  readonly password!: string;
}
