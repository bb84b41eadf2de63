import 'reflect-metadata';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as library from 'nestjs-background-tasks';
import * as piscina from 'nestjs-background-tasks/piscina';
import answerOneRequest from './answer-one-request.cjs';

await answerOneRequest(common, core, library, piscina);
