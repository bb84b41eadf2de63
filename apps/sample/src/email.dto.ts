import { IsEmail } from 'class-validator';

/** A body that is an e-mail address. */
export class EmailDto {
  @IsEmail()
  readonly email!: string;
}
