declare module 'multer-1' {
  import multer from 'multer';
  export default multer;
}
